//! A shop with carts: six functions, a table with a stream, a queue and a product service.

use serde_json::{Value, json};

use super::writer::{BEGIN, Rng, Sample, Scope};

const PRODUCTS: &str = "products.shop.example";
const TABLE: &str = "DynamoDB shop-cart";
const QUEUE: &str = "SQS shop-delete";

/// Returns the telemetry of a shop in which `requests` were made, over an hour.
pub fn shop(requests: usize, seed: u64) -> Sample {
    let mut shop = Shop {
        sample: Sample::default(),
        rng: Rng(seed | 1),
        moved: Vec::new(),
        changes: 0,
        warm: Vec::new(),
    };
    let apart = 3_600_000_000 / i64::try_from(requests.max(1)).unwrap();
    for number in 0..requests {
        let at = BEGIN + i64::try_from(number).unwrap() * apart + i64::try_from(shop.rng.below(900_000)).unwrap();
        match shop.rng.below(100) {
            0..30 => shop.list_cart(at),
            30..62 => shop.add_to_cart(at),
            62..75 => shop.migrate_cart(at),
            _ => _ = shop.get_product(at, None),
        }
        if shop.moved.len() >= 4 || (!shop.moved.is_empty() && shop.rng.chance(600)) {
            let waited = i64::try_from(shop.rng.below(1_200_000)).unwrap();
            shop.delete_worker(at + 300_000 + waited);
        }
        if shop.changes >= 12 {
            shop.stream_aggregator(at + 400_000);
        }
    }
    shop.sample
}

struct Shop {
    sample: Sample,
    rng: Rng,
    /// Messages in the queue: trace, span, correlation id.
    moved: Vec<(String, String, String)>,
    changes: usize,
    warm: Vec<String>,
}

impl Shop {
    fn begin(&mut self, function: &str, within: Option<&Scope>) -> Scope {
        let cold = !self.warm.iter().any(|name| name == function) || self.rng.chance(6);
        if cold {
            self.warm.push(function.to_owned());
        }
        let correlation = format!("c-{:05}", self.rng.below(100_000));
        let request = format!("{}-beef-4bad-8bad-000000000000", &self.sample.id()[8..]);
        let trace = within.map_or_else(|| self.sample.trace_id(), |outer| outer.trace.clone());
        let scope = Scope {
            function: function.to_owned(),
            request,
            trace,
            correlation: within.map_or(correlation, |outer| outer.correlation.clone()),
            cold,
            handler: self.sample.id(),
        };
        self.sample.start(&scope);
        scope
    }

    fn finish(&mut self, scope: &Scope, parent: &str, begin: i64, end: i64, more: Value) {
        let mut rest = json!({"annotations": {"ColdStart": scope.cold, "Service": "shop"}});
        let failed = more["fault"] == true;
        rest.as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        self.sample
            .span(scope, "## handler", &scope.handler, parent, begin, end, &rest);
        if scope.cold {
            self.sample.metric(
                scope,
                end,
                &[("ColdStart", "Count", 1.0)],
                &[("function_name", &scope.function)],
            );
        }
        self.sample.end(scope, begin, end, failed);
    }

    fn dynamodb(&mut self, scope: &Scope, parent: &str, at: i64, operation: &str, typical: i64) -> (i64, bool) {
        let throttled = self.rng.chance(12);
        let end = at + self.rng.time(typical);
        let id = self.sample.id();
        let request = format!("{}VV4KQNSO5AEMVJF66Q9ASUAAJG", id.to_uppercase());
        let mut rest = json!({"namespace": "aws", "aws": {"operation": operation, "region": "eu-west-1",
            "request_id": request, "retries": if throttled { 2 } else { 0 }, "table_name": "shop-cart"},
            "http": {"response": {"status": if throttled { 400 } else { 200 }}}});
        if throttled {
            rest["error"] = json!(true);
            rest["throttle"] = json!(true);
            rest["cause"] = json!({"exceptions": [{"id": self.sample.id(), "type": "ThrottlingException",
                "message": "Throughput exceeds the current capacity of your table", "remote": true}]});
        }
        self.sample.span(scope, "DynamoDB", &id, parent, at, end, &rest);
        self.sample.edge(&scope.function, TABLE, false, throttled);
        (end, throttled)
    }

    fn list_cart(&mut self, at: i64) {
        let scope = self.begin("list-cart", None);
        let user = self.user();
        self.sample
            .record(&scope, at + 300, "INFO", "listing the cart", &json!({"user": user}));
        let (end, failed) = self.dynamodb(&scope, &scope.handler.clone(), at + 700, "Query", 6_000);
        let parent = self.sample.id();
        if failed {
            let text = "the cart cannot be read: Throughput exceeds the current capacity of your table";
            self.handler_failed(&scope, end, "CartError", text);
            self.finish(
                &scope,
                &parent,
                at,
                end + 500,
                fault("CartError", "the cart cannot be read"),
            );
        } else {
            let items = self.rng.below(9);
            self.sample
                .record(&scope, end + 100, "INFO", "cart listed", &json!({"items": items}));
            #[allow(clippy::cast_precision_loss)]
            self.sample
                .metric(&scope, end + 400, &[("CartItems", "Count", items as f64)], &[]);
            self.finish(&scope, &parent, at, end + 400, json!({}));
        }
    }

    fn add_to_cart(&mut self, at: i64) {
        let scope = self.begin("add-to-cart", None);
        let user = self.user();
        let product = format!("p-{}", self.rng.below(40));
        let keys = json!({"user": user, "product": product, "quantity": 1 + self.rng.below(3)});
        self.sample
            .record(&scope, at + 200, "INFO", "adding to the cart", &keys);
        let (charge, call, parent) = (self.sample.id(), self.sample.id(), self.sample.id());
        let (begin, lost) = (at + 1_500, self.rng.chance(30));
        let served = self.get_product(begin + 4_000, Some((&scope, &call)));
        let end = served + self.rng.time(38_000);
        let status = if lost { 503 } else { 200 };
        let mut rest = json!({"namespace": "remote", "http": {
            "request": {"method": "GET", "url": format!("https://{PRODUCTS}/product/{product}")},
            "response": {"status": status, "content_length": 120}}});
        if lost {
            rest["fault"] = json!(true);
        }
        self.sample.span(&scope, PRODUCTS, &call, &charge, begin, end, &rest);
        self.sample.edge("add-to-cart", PRODUCTS, false, lost);
        let (name, text) = ("ProductServiceError", "the product service responded with 503");
        let wanted = if lost { fault(name, text) } else { json!({}) };
        self.sample.span(
            &scope,
            "## find_product",
            &charge,
            &scope.handler,
            at + 1_200,
            end + 300,
            &with(&wanted, "product", &product),
        );
        if lost {
            self.handler_failed(&scope, end + 400, name, text);
            self.finish(&scope, &parent, at, end + 900, fault(name, text));
            return;
        }
        let (end, throttled) = self.dynamodb(&scope, &scope.handler.clone(), end + 500, "UpdateItem", 9_000);
        if throttled {
            self.sample.record(
                &scope,
                end,
                "WARN",
                "the table is busy, the item was queued",
                &json!({"product": product}),
            );
        }
        self.changes += 1;
        self.sample
            .record(&scope, end + 200, "INFO", "added", &json!({"product": product}));
        #[allow(clippy::cast_precision_loss)]
        let latency = ((end - at) / 1_000) as f64;
        let plan = if user.ends_with('7') { "gold" } else { "free" };
        self.sample.metric(
            &scope,
            end + 600,
            &[("ItemsAdded", "Count", 1.0), ("AddLatency", "Milliseconds", latency)],
            &[("plan", plan)],
        );
        self.finish(
            &scope,
            &parent,
            at,
            end + 600,
            json!({"annotations": {"ColdStart": scope.cold, "Service": "shop", "user": user}}),
        );
    }

    /// Returns the time of the answer.
    fn get_product(&mut self, at: i64, caller: Option<(&Scope, &str)>) -> i64 {
        let scope = self.begin("get-product", caller.map(|(scope, _)| scope));
        let parent = caller.map_or_else(|| self.sample.id(), |(_, call)| call.to_owned());
        if caller.is_some() {
            self.sample.edge(PRODUCTS, "get-product", false, false);
        }
        let end = at + self.rng.time(2_500);
        self.sample.record(
            &scope,
            at + 400,
            "DEBUG",
            "looking the product up",
            &json!({"cache": self.rng.chance(700)}),
        );
        self.sample.metric(&scope, end, &[("ProductsRead", "Count", 1.0)], &[]);
        self.finish(&scope, &parent, at, end, json!({}));
        end
    }

    fn migrate_cart(&mut self, at: i64) {
        let scope = self.begin("migrate-cart", None);
        let parent = self.sample.id();
        let user = self.user();
        self.sample.record(
            &scope,
            at + 100,
            "INFO",
            "moving the cart to the user",
            &json!({"user": user}),
        );
        let (mut end, _) = self.dynamodb(&scope, &scope.handler.clone(), at + 600, "Query", 6_000);
        for _ in 0..=self.rng.below(2) {
            let (id, begin) = (self.sample.id(), end + 200);
            end = begin + self.rng.time(7_000);
            let rest = json!({"namespace": "aws", "aws": {"operation": "SendMessage", "region": "eu-west-1",
                "request_id": id, "retries": 0, "queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-delete"},
                "http": {"response": {"status": 200}}});
            self.sample.span(&scope, "SQS", &id, &scope.handler, begin, end, &rest);
            self.sample.edge("migrate-cart", QUEUE, false, false);
            self.moved.push((scope.trace.clone(), id, scope.correlation.clone()));
        }
        self.sample.record(
            &scope,
            end + 200,
            "INFO",
            "cart moved",
            &json!({"items": self.rng.below(5)}),
        );
        self.sample
            .metric(&scope, end + 300, &[("CartsMigrated", "Count", 1.0)], &[]);
        self.finish(&scope, &parent, at, end + 300, json!({}));
    }

    fn delete_worker(&mut self, at: i64) {
        let mut scope = self.begin("delete-worker", None);
        let moved = std::mem::take(&mut self.moved);
        let (parent, mut end, mut failed, mut again) = (self.sample.id(), at + 800, 0.0, Vec::new());
        for (number, (_, id, correlation)) in moved.iter().enumerate() {
            scope.correlation.clone_from(correlation);
            let (record, begin) = (self.sample.id(), end + 100);
            let (done, throttled) = self.dynamodb(&scope, &record, begin + 200, "DeleteItem", 5_000);
            end = done + 200;
            let name = format!("m-{}", &id[10..]);
            let mut rest = json!({"annotations": {"record_id": name}});
            if throttled {
                failed += 1.0;
                again.push(moved[number].clone());
                rest = with(&fault("DeleteError", "the item cannot be deleted"), "record_id", &name);
                self.sample.record(
                    &scope,
                    end,
                    "ERROR",
                    "record failed",
                    &json!({"record_id": name,
                    "exception": "the item cannot be deleted: Throughput exceeds the current capacity of your table",
                    "exception_name": "DeleteError"}),
                );
            } else {
                self.sample.record(
                    &scope,
                    end,
                    "INFO",
                    "item deleted",
                    &json!({"record_id": name, "number": number}),
                );
            }
            self.sample
                .span(&scope, "## record", &record, &scope.handler, begin, end, &rest);
            self.sample.edge(QUEUE, "delete-worker", true, false);
        }
        let links: Vec<_> = moved
            .iter()
            .map(|(trace, id, _)| json!({"trace_id": trace, "id": id}))
            .collect();
        #[allow(clippy::cast_precision_loss)]
        let count = moved.len() as f64;
        let metrics = [
            ("MessagesDeleted", "Count", count - failed),
            ("MessagesFailed", "Count", failed),
        ];
        self.sample.metric(&scope, end, &metrics, &[("queue", "shop-delete")]);
        self.finish(&scope, &parent, at, end + 300, json!({"links": links}));
        self.moved = again;
    }

    fn stream_aggregator(&mut self, at: i64) {
        let scope = self.begin("stream-aggregator", None);
        let (parent, mut end) = (self.sample.id(), at + 300);
        for number in 0..std::mem::take(&mut self.changes) {
            let (record, begin) = (self.sample.id(), end);
            let (done, throttled) = self.dynamodb(&scope, &record, begin + 100, "UpdateItem", 4_000);
            end = done + 100;
            let name = format!("{}", 400_000 + number);
            let rest = if throttled {
                self.sample.record(
                    &scope,
                    end,
                    "ERROR",
                    "record failed",
                    &json!({"record_id": name,
                    "exception": "the total cannot be kept: Throughput exceeds the current capacity of your table",
                    "exception_name": "TotalError"}),
                );
                with(&fault("TotalError", "the total cannot be kept"), "record_id", &name)
            } else {
                json!({"annotations": {"record_id": name}})
            };
            self.sample
                .span(&scope, "## record", &record, &scope.handler, begin, end, &rest);
        }
        self.sample.metric(&scope, end, &[("TotalsUpdated", "Count", 1.0)], &[]);
        self.finish(&scope, &parent, at, end + 200, json!({}));
    }

    fn handler_failed(&mut self, scope: &Scope, at: i64, name: &str, text: &str) {
        self.sample.record(
            scope,
            at,
            "ERROR",
            "handler failed",
            &json!({"exception": text, "exception_name": name,
            "stack_trace": {"type": name, "value": text, "causes": []}}),
        );
    }

    fn user(&mut self) -> String {
        format!("u-{}", self.rng.below(200))
    }
}

fn fault(name: &str, text: &str) -> Value {
    json!({"fault": true, "cause": {"exceptions": [{"id": "00000000000000aa", "message": text, "type": name, "remote": false}]}})
}

fn with(rest: &Value, key: &str, value: &str) -> Value {
    let mut rest = rest.clone();
    rest["annotations"] = json!({key: value});
    rest
}
