"""At the door: ASGI application, settings, command line, telemetry. It alone joins the others."""
