//! The phases of the process.

use tokio::sync::watch;

/// The phase of the process on the way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// The process serves.
    Serving,
    /// The process accepts connections and answers, but says that it is not ready. Each answer is the last one of its
    /// connection, so that clients go elsewhere.
    Draining,
    /// A successor accepts the connections. Everything else is as in `Draining`.
    HandedOver,
    /// The process accepts no connection. Waiting connections are closed, and the others end after their answer.
    Stopping,
}

/// Waits for a phase or a later one. The process never goes back to an earlier phase.
pub(crate) async fn reached(phase: &mut watch::Receiver<Phase>, least: Phase) {
    if phase.wait_for(|phase| *phase >= least).await.is_err() {
        // The sender of the phase is gone, so the process is about to end.
        std::future::pending::<()>().await;
    }
}
