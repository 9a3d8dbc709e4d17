"""Who may use the server: a bearer token, or the API key of a deployment; everybody sees what is their own."""

from __future__ import annotations

from typing import Any

from langgraph_sdk import Auth

auth = Auth()
USERS = {"Bearer alices-token": "alice", "Bearer bobs-token": "bob"}
API_KEYS = {"a-deployments-key": "deployment"}


@auth.authenticate
async def authenticate(headers: dict[bytes, bytes]) -> Auth.types.MinimalUserDict:
    user = USERS.get(headers.get(b"authorization", b"").decode()) or API_KEYS.get(
        headers.get(b"x-api-key", b"").decode()
    )
    if user is None:
        raise Auth.exceptions.HTTPException(status_code=401, detail="Invalid token")
    return {"identity": user}


@auth.on
async def add_owner(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> dict[str, str] | None:
    if ctx.resource in ("assistants", "store"):
        return None
    owner = {"owner": ctx.user.identity}
    value.setdefault("metadata", {}).update(owner)
    return owner
