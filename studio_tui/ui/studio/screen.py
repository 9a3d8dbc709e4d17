"""The Studio screen: lays out the panels, keeps track of the focus, and turns intents of widgets into commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.form.schema import chat_key
from studio_tui.domain.ids import CheckpointId, NodeId
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
from studio_tui.ui.kit.terminal.safe import PlainStatic, plain_notify, set_title
from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from studio_tui.ui.screens.top_row import TopRow
from studio_tui.ui.studio.focus_keeper import FocusKeeper
from studio_tui.ui.studio.footer import Footer
from studio_tui.ui.studio.frame_clock import EVERYTHING
from studio_tui.ui.studio.layout import Plan, plan
from studio_tui.ui.studio.panels import INSPECTOR, LABELS, NUMBERED, PANELS, PAST
from studio_tui.ui.threads.panel import ThreadsPanel

W = TypeVar("W", bound=Widget)
_SIZES = ("tiny", "narrow", "wide", "ultra")


class StudioScreen(Screen[None]):
    """All panels, the composer, the status line and the keys."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.SCHEMAS, Slice.NOTICES})

    def __init__(self, state_dir: Path) -> None:
        """`state_dir`: where drafts and sent inputs are kept."""
        super().__init__(id="studio")
        self.status = TopRow()
        self.graph = GraphView(id="graph")
        self.composer = Composer(id="composer", state_dir=state_dir)
        self.dock = InterruptDock(id="dock")
        self._picked_node: NodeId | None = None
        """The node of the task under the timeline's cursor."""
        self.keys = Footer(self, id="keys")
        self.line = CommandLine(instead=self.keys, id="line")
        self.tabs = PanelTabs(NUMBERED, LABELS, id="tabs")
        self.inspector_tabs = PanelTabs(INSPECTOR, LABELS, id="inspector-tabs")
        self.active = "graph"
        """The panel in use: focused, or focused last."""
        self.inspector = "messages"
        """The open tab of the inspector."""
        self._tab_chosen = False
        """The user opened a tab of the inspector: it is no longer chosen by what the graph has."""
        self.past = "timeline"
        """The open tab of panel 3: `timeline` or `history`."""
        self.zoomed = False
        self._is_new = True
        """It has not been shown yet."""
        self._plan: Plan | None = None
        self._centre = Vertical(id="centre")
        self._right = Vertical(id="right")
        self._inspector = Horizontal(id="inspector")
        self.focus_keeper = FocusKeeper(self)
        self._panels: dict[str, Widget] = {
            "threads": ThreadsPanel(id="threads"),
            "graph": self.graph,
            "timeline": TimelinePanel(id="timeline"),
            "messages": MessagesPanel(id="messages"),
        }
        """Those that were wanted so far."""

    def compose(self) -> ComposeResult:
        """Lay out everything; sizes are the style sheet's business, what is shown is the plan's."""
        panels = self._panels
        self.lay_out()  # before anything is mounted, so that every widget is styled once, not once per class
        yield self.status
        yield self.tabs
        with Horizontal(id="body"):
            yield panels["threads"]
            with self._centre:
                yield panels["graph"]
                yield panels["timeline"]
                yield self.dock
            with self._right:
                yield self.inspector_tabs
                with self._inspector:
                    yield from (panels[panel_id] for panel_id in INSPECTOR if panel_id in panels)
        yield self.composer
        yield self.line
        yield self.keys
        yield PlainStatic("terminal too small (need 60×16)", id="too-small")

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
        # The focus never comes here by itself: a key that is on its way was meant for where it was pressed.
        had_focus = self.dock.has_focus_within
        self.lay_out()
        if not self.dock.asking and had_focus:
            self.focus_panels()
            self.services.typeahead.focus_moved("The question is gone", interrupt_dock.GRACE)

    def clock_panels(self) -> Iterator[Widget]:
        """Return what the frame clock draws."""
        yield from (self, self.status, self.keys, self.dock, self.composer, *self._panels.values())

    def panel(self, panel_id: str) -> Widget:
        return self._panels.get(panel_id) or self._add(panel_id)

    def part(self, kind: type[W]) -> W:
        every = (self.panel(spec.id) for spec in PANELS)
        return next(panel for panel in every if isinstance(panel, kind))

    def _add(self, panel_id: str) -> Widget:
        """Make a panel that is wanted for the first time; it is hidden until the plan shows it."""
        panel = self._panels[panel_id] = _made(panel_id)
        panel.display = False
        if self.is_mounted:
            self._put(panel_id)
        return panel

    def _put(self, panel_id: str) -> None:
        """Mount a panel in its place: the focus goes through them in their order."""
        panel = self._panels[panel_id]
        if panel_id in PAST:
            self._centre.mount(panel, before=self.dock)
        else:
            later = (self._panels.get(other) for other in INSPECTOR[INSPECTOR.index(panel_id) + 1 :])
            self._inspector.mount(panel, before=next((other for other in later if other and other.is_attached), None))
            set_title(panel, LABELS[panel_id])
        self.services.clock.owe(panel)

    @property
    def selected_node(self) -> NodeId | None:
        picked = self._picked_node if self.active == "timeline" else None
        # What an earlier session saw can be looked at; no command takes it for what is there.
        return picked or (self.graph.selected if self.services.app_state.remembered is None else None)

    def select_node(self, node: NodeId) -> None:
        """Go to a node of the graph."""
        self.show_panel("graph")
        self.graph.select(node)

    @property
    def focus_pending(self) -> bool:
        """Whether the focus is on its way to a form that is still being built: keys for it wait."""
        return self.focus_keeper.pending

    @property
    def area(self) -> str:
        if self.dock.has_focus_within:
            return "answer" if self.dock.editors.writing else "dock"
        return "composer" if self.composer.has_focus_within else self.active

    @property
    def bar(self) -> tuple[str, ...]:
        """The commands of the key bar."""
        return self.keys.bar

    def _show_keys(self) -> None:
        self.keys.look()

    # -- what is shown ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Have everything drawn, at the size of now, with the focus where the first words belong."""
        for panel_id, panel in self._panels.items():
            if panel_id in ("threads", *INSPECTOR):  # the others say more than their name
                set_title(panel, LABELS[panel_id])
        self.lay_out()
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
        """Show what fits the size, the panel in use and the questions."""
        width, height = self.app.size
        new = plan(
            width, height, active=self.active, inspector=self.inspector, zoomed=self.zoomed, past=self.past,
            asking=self.dock.asking,
        )  # fmt: skip
        self.tabs.show(new.tabs, new.panels | ({"timeline"} if "history" in new.panels else set()))
        self.inspector_tabs.show(INSPECTOR, new.panels)
        if new == self._plan:
            self.focus_keeper.arranged(tiny=new.size == "tiny")
            return
        old, self._plan = self._plan, new
        classes = {f"-{size}": new.size == size for size in _SIZES}
        classes |= {"-short": new.short, "-zoomed": self.zoomed, "-asking": new.dock}
        self.update_classes(classes, update=self.is_mounted)
        self.tabs.display = bool(new.tabs)
        self.inspector_tabs.display = not new.tabs and not self.zoomed
        for panel_id in new.panels:
            self.panel(panel_id)
        for panel_id, panel in self._panels.items():
            panel.display = panel_id in new.panels
            if panel.display and self.is_mounted and (old is None or panel_id not in old.panels):
                self.services.clock.owe(panel)
        shown = new.panels
        self._centre.display = new.dock or bool(shown & {"graph", *PAST})
        self._centre.set_class(not shown & {"graph", *PAST}, "-dock-only", update=self.is_mounted)
        self.dock.display = new.dock
        self._right.display = bool(shown & set(INSPECTOR))
        self.composer.display = new.composer
        self.focus_keeper.arranged(tiny=new.size == "tiny")

    def _draw_all(self) -> None:
        for panel in self.clock_panels():
            self.services.clock.owe(panel, EVERYTHING)

    # -- focus --------------------------------------------------------------------------------------------------

    def show_panel(self, panel_id: str) -> None:
        """Show a panel and give it the focus; while zoomed it takes the whole screen. `timeline` means panel 3."""
        panel_id = self.past if panel_id == "timeline" else panel_id
        self._activate(panel_id)
        self.set_focus(self.panel(panel_id))

    def _activate(self, panel_id: str) -> None:
        self.active = panel_id
        if panel_id in PAST:
            self.past = panel_id
        if panel_id in INSPECTOR:
            self.inspector, self._tab_chosen = panel_id, True
        self.lay_out()
        self._show_keys()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus, however it moved."""
        if not event.widget.has_focus:
            return  # it had it for a moment only
        panel_id = next((node.id for node in event.widget.ancestors_with_self if node.id in self._panels), None)
        if self.focus_keeper.moved(event.widget, panel_id) and panel_id and panel_id != self.active:
            self._activate(panel_id)
        self._show_keys()
        self.status.look()

    def tab(self, delta: int) -> None:
        """Show the next tab: of the panel in use, of the inspector, or of the single column."""
        column = self._plan.tabs if self._plan else ()
        if column:
            at = column.index("timeline")
            tabs: tuple[str, ...] = (*column[:at], *PAST, *column[at + 1 :])
        else:
            tabs = PAST if self.active in PAST else INSPECTOR
        current = self.active if self.active in tabs else self.inspector
        self.show_tab(tabs[(tabs.index(current) + delta) % len(tabs)])

    def show_tab(self, panel_id: str) -> None:
        if panel_id in PAST:
            self.past = panel_id
        self.show_panel(panel_id)

    def toggle_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.lay_out()
        self.panel(self.active).focus()

    def focus_panels(self) -> None:
        self.panel(self.active).focus()

    def focus_dock(self) -> None:
        """Go to the questions, because the user asked for it."""
        self.zoomed = False
        self.lay_out()
        self.dock.take_focus()

    def focus_composer(self) -> None:
        if self.zoomed:
            self.zoomed = False
            self.lay_out()
        self.focus_keeper.to_composer()

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Tell notices; keep the focus in the composer when a schema gives it another form."""
        while app_state.notices:
            plain_notify(self.app, app_state.notices.popleft())
        if Slice.SCHEMAS in changed and app_state.schemas is not None and not self._tab_chosen:
            schema = app_state.schemas.state if app_state.schemas.state is not None else app_state.schemas.input
            self.inspector = "messages" if schema is None or chat_key(schema) else "state"
            self.lay_out()
        if Slice.SCHEMAS in changed:
            self.focus_keeper.built_anew()

    def back(self) -> None:
        """Undo the innermost thing: prompt, search, activity, composer, zoom."""
        panel = self.panel(self.active)
        if self.line.display:  # it was left by a click, and stays open with what was typed
            self.line.action_close()
        elif self.area == "composer":
            panel.focus()
        elif isinstance(panel, LineView) and (panel.drag.clear() or panel.stop_loading()):
            return
        elif isinstance(panel, Searchable) and panel.filter_text:
            panel.set_filter("")
        elif self.services.work.cancel_newest():
            return
        elif self.services.studio.app_state.cursor is not None:
            self.go_to(None)
        elif self.zoomed:
            self.toggle_zoom()

    # -- prompt and search --------------------------------------------------------------------------------------

    def open_line(self, mode: str) -> None:
        """Open the prompt (`:`) or the search (`/`) in place of the keys."""
        self.line.open(mode, self.panel(self.active))

    @on(PanelTabs.Picked)
    def _tab_picked(self, event: PanelTabs.Picked) -> None:
        if event.from_title:
            self.show_tab(event.panel)
        else:
            self.show_panel(event.panel)


def _made(panel_id: str) -> Widget:
    """Return a new panel, of those that many sessions never look at."""
    if panel_id == "history":
        from studio_tui.ui.timetravel.history_panel import HistoryView

        return HistoryView(id=panel_id)
    if panel_id == "state":
        from studio_tui.ui.timetravel.state_panel import StatePanel

        return StatePanel(id=panel_id)
    if panel_id == "diff":
        from studio_tui.ui.timetravel.diff_panel import DiffPanel

        return DiffPanel(id=panel_id)
    from studio_tui.ui.runs.frames_panel import RawPanel

    return RawPanel(id=panel_id)
