//! What a whole invocation and the start of a process cost.
