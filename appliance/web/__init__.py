"""HTTP: thin routes that parse, call a use case, and render. Starlette and uvicorn are imported in this folder only."""
