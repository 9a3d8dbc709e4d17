"""The Studio screen: lays out the panels, keeps track of the focus, and turns intents of widgets into commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, LinkState, Slice
from studio_tui.domain.form.schema import chat_key
from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.text.glyphs import glyphs
from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.composer.composer import Composer
from studio_tui.ui.contracts import intents
from studio_tui.ui.contracts.panel import Searchable
from studio_tui.ui.contracts.services import Services, services_of
from studio_tui.ui.graph.panel import GraphView
from studio_tui.ui.interrupts import dock as interrupt_dock
from studio_tui.ui.interrupts.dock import InterruptDock
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.panel_tabs import PanelTabs
from studio_tui.ui.kit.terminal.safe import PlainStatic, is_ascii, plain_notify
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.screens.top_row import TopRow
from studio_tui.ui.studio.arrangement import Arrangement
from studio_tui.ui.studio.body import Body
from studio_tui.ui.studio.bottom_row import BottomRow
from studio_tui.ui.studio.focus_keeper import FocusKeeper
from studio_tui.ui.studio.footer import Footer
from studio_tui.ui.studio.frame_clock import EVERYTHING, is_shown
from studio_tui.ui.studio.layout import TINY
from studio_tui.ui.studio.made_panels import MadePanels
from studio_tui.ui.studio.opened import Opened, has_drawer
from studio_tui.ui.studio.own_sizes import OwnSizes
from studio_tui.ui.studio.panels import INSPECTOR, NARROW, PANELS, PAST

W = TypeVar("W", bound=Widget)


class StudioScreen(Screen[None]):
    """All panels, the composer, the top row, the row above the keys, and the keys."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    slices: ClassVar[frozenset[Slice]] = frozenset({
        Slice.SCHEMAS, Slice.NOTICES, Slice.MESSAGES, Slice.TASKS, Slice.RUN, Slice.GRAPH, Slice.STATE,
        Slice.CONNECTION,
    })  # fmt: skip

    def __init__(self, state_dir: Path) -> None:
        """`state_dir`: where drafts, sent inputs and sizes of panels are kept."""
        super().__init__(id="studio")
        self.status = TopRow()
        self.graph = GraphView(id="graph")
        self.composer = Composer(id="composer", state_dir=state_dir)
        self.dock = InterruptDock(id="dock")
        self._picked_node: NodeId | None = None
        """The node of the task under the timeline's cursor."""
        self.bottom = BottomRow(id="bottom")
        self.keys = Footer(self, id="keys")
        self.line = CommandLine(instead=self.keys, id="line")
        self._too_small = PlainStatic(id="too-small")
        self._opened = Opened()
        self.arrangement = Arrangement(self, OwnSizes(self, state_dir, self.lay_out))
        self._picture = Size(0, 0)
        """Cells of the graph's picture, or of the last one while there is none."""
        self._is_new = True
        """It has not been shown yet."""
        self.focus_keeper = FocusKeeper(self)
        self.panels = MadePanels(self)

    def compose(self) -> ComposeResult:
        """Put everything into the tree; what is shown, and where, is the plan's business."""
        self.lay_out()  # before anything is mounted, so that every widget is styled once, not once per class
        yield self.status
        yield self.arrangement.tabs
        with self.arrangement.body:
            yield from self.panels.made.values()
            yield self.composer
            yield self.dock
        yield self.bottom
        yield self.line
        yield self.keys
        yield self._too_small

    @property
    def services(self) -> Services:
        return services_of(self)

    @on(intents.TaskPicked)
    def _task_picked(self, event: intents.TaskPicked) -> None:
        self._picked_node = event.node
        if event.node is not None:
            self.graph.select(event.node)
        self.go_to(event.checkpoint_id)

    def go_to(self, checkpoint_id: CheckpointId | None) -> None:
        services = self.services
        if checkpoint_id != services.app_state.cursor:
            move = services.studio.history.select(checkpoint_id)
            services.work.start(move, "loading the checkpoint", group="cursor")

    @property
    def way_out(self) -> str:
        if self.composer.has_focus_within:
            return "{composer-leave} "
        return "{answer-leave} " if self.dock.editors.writing and self.dock.has_focus_within else ""

    @on(intents.QuestionsChanged)
    def _questions_changed(self) -> None:
        """The questions take the composer's place, once nobody writes there."""
        # The focus goes to no new questions by itself: a key that is on its way was meant for where it was pressed.
        # Nor does it leave the composer: whoever goes on to write must not find that letters are commands.
        had_focus = self.dock.has_focus_within
        if self.dock.asking:
            # Also where the focus is still on its way: there it must not come to a composer that nobody sees.
            self._opened.called = self.composer.has_focus_within or self.focus_keeper.writing
        else:
            self._opened.interrupted = True  # as the next ones will
        self.lay_out()
        if not self.dock.asking and had_focus:
            # Not to the composer, from where he came long ago: the next question is one key away from a panel, and
            # the keys that answer it would be text there.
            self.focus_panels()
            self.focus_keeper.waits_at = self.panel(self.active)
            self.services.typeahead.focus_moved("The question is gone", interrupt_dock.GRACE)
        elif self.dock.asking:
            self.focus_keeper.asked_on()

    @on(intents.AnswersChanged)
    @on(GraphView.Turned)
    def _answers_changed(self) -> None:
        self.keys.look()

    def clock_panels(self) -> Iterator[Widget]:
        """Return what the frame clock draws."""
        around = (self, self.status, self.bottom, self.keys, self.dock, self.composer)
        yield from (*around, *self.panels.made.values())

    def panel(self, panel_id: str) -> Widget:
        return self.panels.get(panel_id)

    def part(self, kind: type[W]) -> W:
        every = (self.panel(spec.id) for spec in PANELS)
        return next(panel for panel in every if isinstance(panel, kind))

    @property
    def selected_node(self) -> NodeId | None:
        picked = self._picked_node if self.active == "timeline" else None
        # What an earlier session saw can be looked at; no command takes it for what is there.
        return picked or (self.graph.selected_node if self.services.app_state.remembered is None else None)

    def select_node(self, node: NodeId) -> None:
        """Go to a node of the graph."""
        self.show_panel("graph")
        self.graph.select(node)

    @property
    def focus_pending(self) -> bool:
        """Whether the focus is on its way to a form that is still being built: keys for it wait."""
        return self.focus_keeper.pending

    @property
    def active(self) -> str:
        return self._opened.active

    @property
    def zoomed(self) -> bool:
        return self._opened.zoomed

    @property
    def area(self) -> str:
        if self.dock.has_focus_within:
            return "answer" if self.dock.editors.writing else "dock"
        return "composer" if self.composer.has_focus_within else self.active

    @property
    def said(self) -> str:
        """What is said below the composer or of the question, all of it (safe text): the help page has it whole."""
        return self.composer.whole_note if self.composer.has_focus_within else self.dock.lines.whole

    @property
    def bar(self) -> tuple[str, ...]:
        """The commands of the key bar."""
        return self.keys.bar

    # -- what is shown ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Have everything drawn, at the size of now, with the focus where the first words belong."""
        self.lay_out()
        self.watch(self.app, "theme", lambda: self.arrangement.name(anew=True), init=False)
        self.arrangement.sizes.load()
        self._draw_all()
        if self.services.options.offline is None:
            self.composer.drafts.begin_at(self.services.options.place)
        self.focus_composer()

    def on_resize(self) -> None:
        self.lay_out()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Draw what happened while another screen stood over this one."""
        if self._is_new:
            self._is_new = event.refresh_styles = False  # everything was just mounted, and styled for that
        self._draw_all()

    def lay_out(self) -> None:
        """Show what fits the size, what is opened and the questions."""
        self._opened.settle(narrow=self.arrangement.narrow)
        if self.graph.picture is not None:
            self._picture = self.graph.picture_size  # while another graph is on its way nothing moves
            self._opened.loading = False
        asking, whole = self.dock.asking, self.dock.lines.tall
        self.arrangement.apply(self._opened.wanted(asking=asking, picture=self._picture, whole=whole))
        is_tiny = self.arrangement.plan.size == "tiny"
        if is_tiny:
            here, least = (glyphs(is_ascii(self)).times.join(map(str, size)) for size in (self.app.size, TINY))
            self._too_small.set_text(f"This terminal is too small: {here}.\nThe studio needs {least} or more.")
        self.focus_keeper.arranged(tiny=is_tiny)
        self.status.look()  # it tells the question where no dock does

    def _draw_all(self) -> None:
        for panel in self.clock_panels():
            self.services.clock.owe(panel, EVERYTHING)

    def resize(self, dx: int, dy: int) -> None:
        if not self.arrangement.move_border(self.active, dx, dy):
            self.app.bell()

    def fold(self) -> None:
        if told := self.arrangement.fold(self.active):
            self.services.tell(self.services.commands.hint(told))

    def reset_layout(self) -> None:
        told = "The layout is reset." if self.arrangement.sizes.forget() else "No panel was resized."
        self.lay_out()
        self.services.tell(told)

    @on(GraphView.Reshaped)
    def _reshaped(self) -> None:
        self.lay_out()

    @on(Body.Dragged)
    def _dragged(self, event: Body.Dragged) -> None:
        self.arrangement.take(event.sizes, keep=event.done)

    @on(Body.TitlePressed)
    def _title_pressed(self, event: Body.TitlePressed) -> None:
        panel = self.arrangement.panel_at(event.panel, event.x)
        if panel != event.panel:
            self.show_panel(panel)

    # -- focus --------------------------------------------------------------------------------------------------

    def show_panel(self, panel_id: str) -> None:
        """Show a panel, whole, and give it the focus; while zoomed it takes the whole screen."""
        self.arrangement.unfold(panel_id)
        self._activate(panel_id)
        self.set_focus(self.panel(panel_id))

    def _activate(self, panel_id: str) -> None:
        self._opened.go(panel_id)
        self.lay_out()
        self.keys.look()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus, however it moved."""
        if not event.widget.has_focus:
            return  # it had it for a moment only
        panel_id = next((node.id for node in event.widget.ancestors_with_self if node.id in self.panels.made), None)
        if self.focus_keeper.moved(event.widget, panel_id) and panel_id and panel_id != self.active:
            self._activate(panel_id)
        writes = self.composer.has_focus_within
        if self._opened.called != writes and (writes or not self.focus_keeper.writing):
            self._opened.called = writes  # left, it makes room for the questions and for a low terminal's graph again
            self.lay_out()
        self._look_inside()
        self.keys.look()
        self.status.look()
        self.dock.lines.look()  # the way there begins where the focus is

    def _look_inside(self) -> None:
        """Once the user is at the graph, ask which of its nodes can be opened."""
        if self.graph.has_focus and not self.focus_keeper.writing:
            self.services.studio.assistants.look_inside()

    def tab(self, delta: int) -> None:
        """Show the next tab: of the single column, of the past, or of the right column."""
        if self.arrangement.plan.tabs:
            tabs: tuple[str, ...] = NARROW
        else:
            tabs = PAST if self.active in PAST else INSPECTOR
        current = self.active if self.active in tabs else self._opened.inspector
        self.show_panel(tabs[(tabs.index(current) + delta) % len(tabs)])

    def toggle_threads(self) -> None:
        """Open the threads and go there; close them where they are in use and stand beside something."""
        if self.area == "threads" and not self.arrangement.plan.tabs and not self.zoomed:
            self.show_panel(self._opened.close_threads())
        else:
            self.show_panel("threads")

    @on(intents.ThreadPicked)
    def _thread_picked(self) -> None:
        """Show what stands under the threads, or the conversation, unless they have a column of their own."""
        if self.arrangement.plan.tabs and self.active == "threads":
            self.show_panel(self._opened.first)
        elif has_drawer(self.arrangement.plan):
            self.show_panel(self._opened.close_threads())

    def toggle_zoom(self) -> None:
        self._opened.zoomed = not self.zoomed
        self.lay_out()
        self.keys.look()
        self.panel(self.active).focus()

    def focus_panels(self) -> None:
        self.panel(self.active).focus()

    def focus_dock(self) -> None:
        """Go to the questions, because the user asked for it."""
        self._opened.zoomed = False
        self.lay_out()
        self.dock.take_focus()

    def focus_composer(self, *, asked: bool = True) -> None:
        self._opened.zoomed, self._opened.called = False, True
        self._opened.interrupted = self._opened.interrupted and not (asked and self.dock.asking)
        self.lay_out()
        self.focus_keeper.to_composer()

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Tell notices; keep the focus in the composer when a schema gives it another form."""
        while app_state.notices:
            plain_notify(self.app, app_state.notices.popleft())
        if Slice.SCHEMAS in changed and app_state.schemas is not None:
            schema = app_state.schemas.state if app_state.schemas.state is not None else app_state.schemas.input
            chats = schema is None or chat_key(schema) is not None
            self._opened.choose(chats=chats, narrow=self.arrangement.narrow)
            self.lay_out()
        if Slice.SCHEMAS in changed:
            self.focus_keeper.built_anew()
        if Slice.GRAPH in changed:
            self._look_inside()
        run = app_state.run
        if self._opened.loading and (app_state.graph_problem or run or app_state.link is LinkState.DOWN):
            self._opened.loading = False
            self.lay_out()
        if Slice.MESSAGES in changed and run is not None and run.phase.is_live and not is_shown(self.panel("messages")):
            messages = self.panel("messages")
            if isinstance(messages, MessagesPanel) and messages.unread(app_state):  # a run may tell none at all
                self.arrangement.mark_unread("messages")
        self.arrangement.draw_strip(app_state)

    def back(self) -> None:
        """Undo the innermost thing: prompt, search, activity, composer, threads, the past, zoom."""
        panel = self.panel(self.active)
        if self.line.display:  # it was left by a click, and stays open with what was typed
            self.line.action_close()
        elif self.area == "composer":
            panel.focus()
        elif isinstance(panel, LineView) and (panel.drag.clear() or panel.stop_loading()):
            return
        elif isinstance(panel, Searchable) and panel.filter_text:
            panel.set_filter("")
            self.keys.look()
        elif self.services.work.cancel_newest():
            return
        elif self.active == "threads" and not self.arrangement.plan.tabs and not self.zoomed:
            self.show_panel(self._opened.close_threads())
        elif self.services.studio.app_state.cursor is not None:
            self.go_to(None)
        elif self.zoomed:
            self.toggle_zoom()
        elif self._opened.past == "history":
            self.show_panel("timeline")

    # -- prompt and search --------------------------------------------------------------------------------------

    def open_line(self, mode: str) -> None:
        """Open the prompt (`:`) or the search (`/`) in place of the keys."""
        self.line.open(mode, self.panel(self.active))

    @on(PanelTabs.Picked)
    def _tab_picked(self, event: PanelTabs.Picked) -> None:
        self.show_panel(event.panel)
