"""The feed beside the requests: one process of all follows every stream."""
