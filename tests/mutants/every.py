"""All errors of the list."""

from __future__ import annotations

from tests.mutants.active import ACTIVE
from tests.mutants.faces import FACES
from tests.mutants.fast import FAST
from tests.mutants.pure import PURE

MUTATIONS = (*PURE, *ACTIVE, *FACES, *FAST)
