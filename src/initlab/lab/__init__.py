"""The lab page: a scene -> trained in worker processes, and watched in the browser."""
