"""What was typed and not sent: one input as text, form or JSON, drafts, sent inputs. Never holds a widget."""
