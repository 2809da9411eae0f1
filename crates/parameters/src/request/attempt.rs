//! `Get::attempt`, which repeats work with a new value if the parameter was replaced.

use super::get::Get;
use crate::cache::{Answer, Entry};
use crate::decode::Decode;
use crate::{GetError, Provider, wait};

impl<P: Provider, D: Decode> Get<'_, P, D> {
    /// Calls `work` with the value; if it fails and the parameter was replaced, calls it again with the new value.
    ///
    /// Use it for a secret that is rotated while its old value is cached. The value is read again only after a failure,
    /// and `work` is repeated only if the value has changed. Otherwise, or if the value cannot be read again within
    /// half of the invocation's remaining time, the error of the first call is returned.
    ///
    /// ```
    /// # use powertools_lambda_parameters::{Parameters, test_util::MapProvider};
    /// # type Error = Box<dyn std::error::Error + Send + Sync>;
    /// # async fn log_in(password: &str) -> Result<(), Error> {
    /// #     if password == "new" { Ok(()) } else { Err("wrong password".into()) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Error> {
    /// # let store = MapProvider::new().text("shop/database", "old");
    /// # let secrets = Parameters::new(store.clone());
    /// # secrets.get("shop/database").await?;
    /// # store.put("shop/database", "new");
    /// secrets.get("shop/database").secret().attempt(|password| async move { log_in(password.expose()).await }).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of `work`, or the [`GetError`], converted to it, if the value cannot be read at first.
    pub async fn attempt<F, W, R, E>(self, work: F) -> Result<R, E>
    where
        F: Fn(D::Output) -> W,
        W: Future<Output = Result<R, E>>,
        E: From<GetError>,
    {
        let first = self.entry(false).await;
        let failure = match work(self.decode_entry(&first, false)?).await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        // There is an error to return, so the wait for the store must leave time for it.
        let Some(second) = wait::at_most(wait::half_of_remaining(), self.entry(true)).await else {
            return Err(failure);
        };
        match self.decode_entry(&second, true) {
            Ok(value) if is_replaced(&first, &second) => work(value).await,
            _ => Err(failure),
        }
    }
}

fn is_replaced(first: &Entry, second: &Entry) -> bool {
    match (&*first.answer, &*second.answer) {
        (Answer::One(first), Answer::One(second)) => first.value.as_bytes() != second.value.as_bytes(),
        _ => false,
    }
}
