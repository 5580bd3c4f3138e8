// As it comes, but equal requests under way are shared only when the run says so, and nothing is logged per request.
export const gatewayConfig = {
  logging: "warn",
  transportEntries: {
    "*.http": { options: { deduplicateInflightRequests: process.env.DEDUPLICATION === "true" } },
  },
};
