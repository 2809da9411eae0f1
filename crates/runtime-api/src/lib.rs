//! A Lambda Runtime API on 127.0.0.1 for tests, serving concurrent `/next` polls.
