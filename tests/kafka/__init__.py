"""What only a real Apache Kafka can show: TLS and SCRAM, three brokers, topics made anew, idempotent producers."""
