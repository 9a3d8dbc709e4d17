"""A state above what is read unasked: one question with its size."""

from __future__ import annotations

import pytest

from studio_tui.errors import TooLargeError
from tests.ui.conftest import Start
from tests.ui.fakes import FakeStudio


@pytest.mark.parametrize(("size", "told", "key"), [(50_000_000, "50.0 MB", "y"), (None, "more than 16 MiB", "n")])
async def test_the_question_has_the_size_as_far_as_the_server_told_it(
    start: Start, size: int | None, told: str, key: str
) -> None:
    studio = FakeStudio()
    answers: list[bool] = []
    error = TooLargeError("The server's answer is larger than 16 MiB")
    error.size = size
    async with start(studio=studio) as it:
        ask = studio.threads.on_large
        assert ask is not None

        async def work() -> None:
            answers.append(await ask(error))

        it.app.work.start(work())
        await it.sees(told)
        await it.press(key)
        await it.until(lambda: bool(answers), "the answer")
    assert answers == [key == "y"]
