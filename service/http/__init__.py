"""The HTTP door: everything that knows FastAPI and Starlette. Start with app.py."""
