//! All threads and channels: capture, ring buffer, inference, events and commands.
