"""At the door: ASGI application, settings, command line, telemetry. The only package that joins the others."""
