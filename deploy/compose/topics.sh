#!/bin/sh
# Makes the topics that are not there yet. Six partitions each: the count can never change without breaking order.
set -eu
for topic in hris.events itsm.events usage.events lms.events \
    governance.events training.events process.events metrics.events \
    ingress.raw ingress.dead-letters governance.dead-letters training.dead-letters process.dead-letters metrics.dead-letters; do
    /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --create --if-not-exists \
        --topic "$topic" --partitions 6 --replication-factor 1
done
