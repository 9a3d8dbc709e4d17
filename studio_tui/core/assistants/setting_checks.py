"""Whether the settings of an assistant fit what its graph declares, before a version is written. Pure."""

from __future__ import annotations

from studio_tui.domain.assistant import Schemas
from studio_tui.domain.assistant_content import Content
from studio_tui.domain.form.conforms import misfits
from studio_tui.domain.form.run_options import settings_of
from studio_tui.jsonkit.value import Json, as_int, as_object


def settings_problems(content: Content, schemas: Schemas) -> tuple[list[str], str]:
    """Return what is surely wrong with the settings of `content`, and why they could not be checked, or empty.

    Settings that the schema wants may be absent: a run can bring them. Python servers take `configurable` for the
    context, so both are read by the one schema that there is.
    """
    refused: list[str] = []
    limit = content.config.get("recursion_limit")
    if limit is not None and ((as_int(limit) or 0) < 1 or isinstance(limit, bool)):
        refused.append("`config.recursion_limit` must be a whole number from 1")
    configurable: Json = content.config.get("configurable")
    if not content.context and not configurable:
        return refused, ""
    if schemas.problem:
        return refused, schemas.problem
    settings = settings_of(schemas, None)
    if settings is None:
        return refused, ""
    closed = settings.where == "context" and as_object(settings.schema).get("additionalProperties") is not True
    refused += [f"context: {words}" for words in misfits(settings.schema, content.context, closed=closed, partial=True)]
    if configurable is not None:
        refused += [f"configurable: {words}" for words in misfits(settings.schema, configurable, partial=True)]
    return refused, ""
