"""The built-in plugins, each written as a stranger would write one."""
