"""Operations whose answer is a stream: graphql-transport-ws over WebSocket, and server-sent events."""
