"""What Textual and Rich draw by themselves follows the terminal and the theme as our own rows do."""

from __future__ import annotations

from textual.scrollbar import ScrollBar, ScrollBarRender

from studio_tui.ui.commands.prompt_choices import PromptChoices
from studio_tui.ui.kit.terminal.themes import ink_style
from studio_tui.ui.studio.copying import _picture
from tests.ui.conftest import Start
from tests.ui.harness import grid


async def test_words_in_a_border_take_the_colours_of_another_theme(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("ctrl+p")
        await it.sees("enter Run")
        box = it.app.screen.query_one("#dialog")

        def colours() -> set[str]:
            words = box._border_subtitle
            assert words is not None
            found = (getattr(span.style, "rich_style", None) for span in words.spans)
            return {str(style.color.triplet) for style in found if style is not None and style.color is not None}

        before = colours()
        it.app.theme = "studio-light"
        await it.until(lambda: colours() != before, "other colours")
        key = ink_style(it.app, "key bold").color
        assert key is not None
        assert str(key.triplet) in colours()


async def test_ascii_has_no_eighths_of_cells_in_scroll_bars_and_no_other_signs_in_empty_fields(start: Start) -> None:
    async with start(ascii=True) as it:
        await it.panels()
        await it.press("ctrl+p")
        await it.sees("what you want to do")
        assert [row for row in grid(it.app) if "what you want" in row and not row.isascii()] == []
        drawn = ScrollBar.renderer.render_bar(size=9, virtual_size=50, window_size=20, position=7)
        assert all(segment.text.isascii() for segment in drawn.segments)
    async with start() as it:
        assert ScrollBar.renderer is ScrollBarRender


async def test_a_picture_of_a_light_theme_of_the_terminals_own_colours_is_light(start: Start) -> None:
    async with start(theme="ansi-16-light") as it:
        white = it.app.ansi_theme_light.background_color.hex
        assert f'fill="{white}"' in _picture(it.app)
        it.app.theme = "ansi-16"
        assert f'fill="{white}"' not in _picture(it.app)


async def test_choices_of_the_prompt_cover_the_rows_that_they_stand_over(start: Start) -> None:
    async with start(size=(160, 36)) as it:
        await it.panels()
        await it.press("colon", "t")
        choices = it.app.screen.query_one(PromptChoices)
        await it.until(lambda: choices.region.height > 0, "choices")
        assert (choices.region.x, choices.region.width) == (0, 160)
