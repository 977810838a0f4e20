//! Where frames come from: replay, the demo performer, and later the cameras.
