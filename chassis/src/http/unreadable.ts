import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '../errors/domain-error.ts';
import { commonStatuses, toProblem } from '../errors/problem.ts';
import { uuid7 } from '../ids/uuid7.ts';

/** Answers what never became a request: no handler sees it, so it is written to the socket itself, which is then closed. */
export function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  // The client is gone, or half an answer is out: then another one would be read as a part of it.
  if (!socket.writable || (socket as { _httpMessage?: { _headerSent?: boolean } })._httpMessage?._headerSent) {
    socket.destroy();
    return;
  }
  const problem = toProblem(refusalOf(error.code), commonStatuses, { path: '', requestId: uuid7() });
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function refusalOf(code: string | undefined): DomainError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new DomainError('request.headers_too_large', 'The headers are larger than 16 KB.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new DomainError('request.timeout', 'The request did not come in time.');
  }
  return new DomainError('request.malformed', 'This is not an HTTP request that can be read.');
}
