//! When spans are sent, in which documents, and to which emitters.

mod deadline;
mod documents;
mod emitters;
