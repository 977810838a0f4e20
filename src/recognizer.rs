//! The whole core as a value: frames in, predictions out; it knows no thread, clock, file or window.
