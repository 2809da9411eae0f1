//! The methods that every request has: in which form a value is wanted, and how old it may be.

/// Gives a request the methods; it has a `decoded_by` that changes its decoding.
macro_rules! shared_methods {
    ($request:ident) => {
        impl<'a, P: $crate::Provider, D> $request<'a, P, D> {
            /// Has it as text, as `Arc<str>`: plain memory, which prints itself and is not overwritten.
            pub fn text(self) -> $request<'a, P, $crate::decode::Text> {
                self.decoded_by($crate::decode::Text)
            }

            /// Has it as text that never prints itself and is overwritten in the end, as [`Secret`](crate::Secret).
            pub fn secret(self) -> $request<'a, P, $crate::decode::SecretText> {
                self.decoded_by($crate::decode::SecretText)
            }

            /// Has its bytes as they are, as [`bytes::Bytes`].
            pub fn bytes(self) -> $request<'a, P, $crate::decode::Bytes> {
                self.decoded_by($crate::decode::Bytes)
            }

            /// Has a `T` out of its JSON, as `Arc<T>`.
            ///
            /// Give `T` fields of type [`Secret`](crate::Secret) for what is secret.
            pub fn json<T>(self) -> $request<'a, P, $crate::decode::Json<T>>
            where
                T: serde::de::DeserializeOwned + Send + Sync + 'static,
            {
                self.decoded_by($crate::decode::Json::new())
            }

            /// Has the bytes its Base64 stands for, as [`bytes::Bytes`].
            ///
            /// The standard and the URL-safe alphabet are read, with or without padding and line breaks.
            pub fn base64(self) -> $request<'a, P, $crate::decode::Base64> {
                self.decoded_by($crate::decode::Base64)
            }

            /// Has it by the name's suffix, as [`Decoded`](crate::decode::Decoded).
            ///
            /// `.json` is JSON, `.binary` and `.base64` are Base64, in any case; all else is text.
            pub fn auto(self) -> $request<'a, P, $crate::decode::Auto> {
                self.decoded_by($crate::decode::Auto)
            }

            /// Has what a function makes of it, as `Arc<T>`.
            ///
            /// Of a function or a closure that captures nothing the outcome is kept; a closure that captures runs each
            /// time. Its error becomes the source of ours: it had better not show the value.
            ///
            /// ```
            /// # use powertools_lambda_parameters::{Parameters, Value, test_util::MapProvider};
            /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
            /// # let parameters = Parameters::new(MapProvider::new().text("/shop/countries", "de, fr"));
            /// fn list(value: &Value) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
            ///     Ok(value.as_str()?.split(',').map(|item| item.trim().to_owned()).collect())
            /// }
            ///
            /// let countries = parameters.get("/shop/countries").transform(list).await?;
            /// assert_eq!(*countries, ["de", "fr"]);
            /// # Ok(()) }
            /// ```
            pub fn transform<F, T, E>(self, transform: F) -> $request<'a, P, $crate::decode::Custom<F>>
            where
                F: Fn(&$crate::Value) -> Result<T, E> + Clone + Send + Sync + 'static,
                T: Send + Sync + 'static,
                E: Into<Box<dyn std::error::Error + Send + Sync>>,
            {
                self.decoded_by($crate::decode::Custom(transform))
            }

            /// Sets how old a cached answer may be, for this request. With zero the store is asked, and nothing is kept.
            pub fn max_age(mut self, max_age: std::time::Duration) -> Self {
                self.terms.max_age = Some(max_age);
                self
            }

            /// Asks the store whatever the cache has, and puts the answer there.
            ///
            /// Never satisfied by a call that began earlier; calls that are forced at the same time are one.
            pub fn force_fetch(mut self) -> Self {
                self.terms.force = true;
                self
            }
        }
    };
}

pub(super) use shared_methods;
