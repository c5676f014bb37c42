// Prints every record of sentiment.events as one line of JSON, decoded by Confluent's own client.
// Usage: node consume.js BOOTSTRAP REGISTRY COUNT [TOPIC]   (ends after COUNT records; exit code 1 on any error)
'use strict';

const { Kafka, logLevel } = require('kafkajs');
const { SchemaRegistryClient, SerdeType, AvroDeserializer } = require('@confluentinc/schemaregistry');

const [bootstrap, registryUrl, countText, topic = 'sentiment.events'] = process.argv.slice(2);
const count = Number(countText);
if (!bootstrap || !registryUrl || !Number.isInteger(count) || count < 1) {
  console.error('usage: node consume.js BOOTSTRAP REGISTRY COUNT [TOPIC]');
  process.exit(2);
}

const registry = new SchemaRegistryClient({ baseURLs: [registryUrl] });
const deserializer = new AvroDeserializer(registry, SerdeType.VALUE, {});
const kafka = new Kafka({ clientId: 'foreign', brokers: [bootstrap], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `foreign-${process.pid}` });

// 64-bit integers come as BigInt or number: print them alike.
const plain = (key, value) => (typeof value === 'bigint' ? Number(value) : value);

async function main() {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise((resolve, reject) => {
    let seen = 0;
    consumer
      .run({
        eachMessage: async ({ message }) => {
          try {
            const event = await deserializer.deserialize(topic, message.value);
            console.log(JSON.stringify({ key: message.key.toString(), event }, plain));
            if (++seen === count) resolve();
          } catch (error) {
            reject(error);
          }
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
