/** The text of a handshake. */
export function handshake(target: string, headers = ""): string {
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  return `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${upgrade}${key}${headers}\r\n`;
}
