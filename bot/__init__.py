"""The program without its doors: flows are data, the engine is pure, channels translate."""
