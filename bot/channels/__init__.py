"""One module a channel: replies in, what that channel shows out. Pure, no I/O."""
