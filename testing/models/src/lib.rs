//! Nothing: the package is its tests, which run the models of crates. It has none of the crates' dependencies for tests.
