"""The pages and the intake, as one ASGI application."""
