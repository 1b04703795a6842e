//! A reverse proxy that checks, routes, answers and counts GetCallInfo calls in front of UM servers.

mod admin;
mod answer;
mod app;
mod budget;
pub mod config;
mod connection;
pub mod demo;
mod forward;
pub mod forward_only;
mod head;
mod identity;
mod keyed;
pub mod log;
mod media;
mod message;
mod metrics;
pub mod mock;
mod outcome;
mod reading;
mod reply;
mod reply_headers;
mod route;
pub mod server;
mod target;
mod upstream;
mod wsdl;
