//! `shared_methods!`, the methods of all requests: the form of the value and its maximum age.

/// Implements the methods for a request, which must have a method `decoded_by` that changes its decoding.
macro_rules! shared_methods {
    ($request:ident) => {
        impl<'a, P: $crate::Provider, D> $request<'a, P, D> {
            /// Returns the value as text (`Arc<str>`).
            ///
            /// Do not use it for secrets: `Debug` prints the text, and its memory is not overwritten.
            pub fn text(self) -> $request<'a, P, $crate::decode::Text> {
                self.decoded_by($crate::decode::Text)
            }

            /// Returns the value as a [`Secret`](crate::Secret), which is never printed and is overwritten when dropped.
            pub fn secret(self) -> $request<'a, P, $crate::decode::SecretText> {
                self.decoded_by($crate::decode::SecretText)
            }

            /// Returns the bytes of the value ([`bytes::Bytes`]) without decoding them.
            pub fn bytes(self) -> $request<'a, P, $crate::decode::Bytes> {
                self.decoded_by($crate::decode::Bytes)
            }

            /// Decodes the value from JSON (`Arc<T>`).
            ///
            /// A number that would be rounded is an error if `T` accepts any type there, as `serde_json::Value` does. A field of
            /// type `f64` gets the nearest number, and a field of type `u128` the exact one.
            ///
            /// For secrets, use fields of type [`Secret`](crate::Secret) in `T`.
            pub fn json<T>(self) -> $request<'a, P, $crate::decode::Json<T>>
            where
                T: serde::de::DeserializeOwned + Send + Sync + 'static,
            {
                self.decoded_by($crate::decode::Json::new())
            }

            /// Decodes the value from Base64 ([`bytes::Bytes`]).
            ///
            /// Accepts the standard and the URL-safe alphabet, with or without padding and line breaks.
            pub fn base64(self) -> $request<'a, P, $crate::decode::Base64> {
                self.decoded_by($crate::decode::Base64)
            }

            /// Decodes the value by the suffix of its name ([`Decoded`](crate::decode::Decoded)).
            ///
            /// `.json` means JSON, `.binary` and `.base64` mean Base64, in upper or lower case. Everything else is text.
            pub fn auto(self) -> $request<'a, P, $crate::decode::Auto> {
                self.decoded_by($crate::decode::Auto)
            }

            /// Decodes the value with a function (`Arc<T>`).
            ///
            /// The result is cached for functions and non-capturing closures. A capturing closure runs on every read. The
            /// function's error becomes the `source` of the [`GetError`](crate::GetError), so it must not contain the value.
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

            /// Sets the maximum age of a cached value for this request.
            ///
            /// Default: that of the [builder](crate::ParametersBuilder::max_age). With zero, the store is asked. Nothing is
            /// cached then, unless the builder sets [`stale_if_error`](crate::ParametersBuilder::stale_if_error).
            pub fn max_age(mut self, max_age: std::time::Duration) -> Self {
                self.terms.max_age = Some(max_age);
                self
            }

            /// Asks the store even if the value is cached, and caches the new value.
            ///
            /// A call that began earlier is not reused, but concurrent forced requests share a call.
            pub fn force_fetch(mut self) -> Self {
                self.terms.force = true;
                self
            }
        }
    };
}

pub(super) use shared_methods;
