//! What the store and the provisioning log count, among the numbers at `/metrics`.

use std::sync::Arc;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};
use rolecall_api::{RequestLog, metrics::Metrics};
use rolecall_storage::{Database, ReadCounts};

/// The numbers of a server.
pub(crate) fn of(store: &dyn Database, request_log: &RequestLog) -> Metrics {
    let counts = store.read_counts();
    Metrics::with(|registry| {
        request_log.register(registry);
        if let Some(counts) = counts {
            registry.register_collector(Box::new(LongReads(counts)));
        }
    })
}

/// Who answered long reads, and why.
#[derive(Debug)]
struct LongReads(Arc<ReadCounts>);

impl Collector for LongReads {
    fn encode(&self, mut page: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let about = "Lists, filters and exports, by which database answered and why";
        let mut family = page.encode_descriptor("long_reads", about, None, MetricType::Counter)?;
        for (by, why, count) in self.0.all() {
            let labels = [("by", by), ("why", why)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
