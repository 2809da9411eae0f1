//! What the tests of the functions need: a table in memory, and access control.

use powertools_lambda::parameters::Parameters;
use powertools_lambda::test_util::{MapProvider, TestEnvironment};

use crate::access::{Access, KeySet, Verifier};

pub use crate::table::memory::{Change, Fault, MemoryTable};

/// Returns the access control of an issuer without keys: no token is valid, and all shoppers have a cookie's cart.
pub fn access_without_keys(environment: &TestEnvironment) -> Access<MapProvider> {
    let clock = environment.environment().clock().clone();
    let store = MapProvider::new().text("/shop/token-keys", r#"{"keys": []}"#);
    let parameters = Parameters::builder(store).environment(environment).build();
    let keys = KeySet::new(parameters, "/shop/token-keys".to_owned(), clock.clone());
    Access::new(Verifier::new(keys, "issuer".to_owned(), "client".to_owned(), clock))
}
