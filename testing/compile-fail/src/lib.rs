//! Nothing: the package is its tests, which compile the files of `tests/ui` and compare what the compiler says.
