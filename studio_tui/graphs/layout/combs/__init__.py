"""Combs: a hub whose workers know nobody else stands over them like the back of a comb, one row or box a worker.

The lines to all of them leave the hub's lower side as one; the lines back come together right of them and enter the
hub's right side. So a supervisor with any number of workers has no crossing and the width of its widest worker, which
may be a chain in one row. Left to right all this stands right of the hub, not below it.

Workers may lead to a *sink* besides, mostly the end, which stands below them. One that does is the last of the comb. Of
several each has a line of its own to the hub, with two heads, and leads to the sink on the other side: shared lines
would cross all others.
"""
