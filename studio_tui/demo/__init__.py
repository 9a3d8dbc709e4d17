"""The bundled LangGraph app of `studio-tui demo`: the only place that imports LangGraph.

Everything here runs inside the development server's process. The program itself reads only the path of `app/`.
"""
