"""Embedded PostgreSQL and Apache Kafka: both run in one data folder, with nothing to install by hand."""
