/** What an error code says and what its reader can do; a test holds the codes against those of the code. */
export interface Meaning {
  readonly meaning: string;
  readonly remedy: string;
}

const m = (meaning: string, remedy: string): Meaning => ({ meaning, remedy });

export const errorMeanings: Readonly<Record<string, Meaning>> = {
  'request.invalid': m(
    'A parameter or a field does not fit its schema, or is not known.',
    'Read `errors`: each names the place by a JSON Pointer.',
  ),
  'request.malformed': m(
    'The body is not JSON, is missing, or the path or the message cannot be read without doubt.',
    'Send well-formed JSON to a plain path.',
  ),
  'request.uri_too_long': m('The URL is longer than 2,048 characters.', 'Send less in the query.'),
  'request.headers_too_large': m('The headers are larger than 16 KB.', 'Send fewer or shorter headers.'),
  'request.timeout': m('Headers or body did not come in time.', 'Send the request again, in one go.'),
  'request.method_not_allowed': m('The path exists, but not for this method.', 'Use one of `allowed`.'),
  'request.version_mismatch': m('It was changed since it was read (`If-Match`).', 'Read it again, then decide again.'),
  'request.too_large': m('The body is larger than 64 KB.', 'Send less.'),
  'request.unsupported_media_type': m(
    'The body is not `application/json` in UTF-8.',
    'Set `Content-Type: application/json`.',
  ),
  'request.precondition_required': m(
    'The request must carry a header that was left out.',
    'Send the header that `detail` names.',
  ),
  'request.rate_limited': m('Too many requests of this address, user or account.', 'Wait `Retry-After` seconds.'),
  'route.not_found': m('There is no such path.', 'Look into `/openapi.json`.'),
  'auth.required': m('No access token was sent.', 'Log in and send `Authorization: Bearer …`.'),
  'auth.invalid_token': m('The access token is not one of ours, or was changed.', 'Log in again.'),
  'auth.token_expired': m(
    'The access token is older than ten minutes.',
    'Change the refresh token for a new pair at `/auth/refresh`.',
  ),
  'auth.token_revoked': m(
    'The session has ended: logout, a new password, another role, deactivation, or the account was erased.',
    'Log in again.',
  ),
  'auth.forbidden': m('The token is good, its role is not enough.', 'Ask an admin.'),
  'auth.invalid_credentials': m(
    'Account and password do not belong together; the same for an account that does not exist or is not active.',
    'Try again; after five failures the account has to pause.',
  ),
  'auth.invalid_refresh_token': m(
    'The refresh token is unknown, used, expired, or its session has ended.',
    'Log in again. A used one that comes again ends its session.',
  ),
  'internal.error': m(
    'Something went wrong on our side; nothing of it is told.',
    'Report the `request_id`; a read may be tried again.',
  ),
  'service.unavailable': m(
    'A service, or what it needs, is away for the moment.',
    'Try again after `Retry-After` seconds; a write with the same `Idempotency-Key`.',
  ),
  'service.timeout': m(
    'A service did not answer in time; what became of a write is not known.',
    'Read first; repeat a write with the same `Idempotency-Key`.',
  ),
  'user.not_found': m('There is no such user, or it is not yours to see.', 'Check the id.'),
  'user.email_taken': m('Somebody has an account with this address.', 'Log in, or use another address.'),
  'user.username_taken': m('Somebody has this name.', 'Choose another name.'),
  'user.last_admin': m('It would leave the shop without an active admin.', 'Make another admin first.'),
  'user.password_too_common': m(
    'The password is one of those that are guessed first, or is the name or address.',
    'Choose another password.',
  ),
  'user.wrong_password': m(
    'The current password is wrong.',
    'Try again; after five failures the account has to pause.',
  ),
  'product.not_found': m('There is no such product, or it is not for sale.', 'Check the id.'),
  'product.sku_taken': m('Another product has this SKU.', 'Choose another one.'),
  'product.category_unknown': m('There is no category of this id.', 'Look into `/products/categories`.'),
  'category.not_found': m('There is no such category.', 'Look into `/products/categories`.'),
  'category.name_taken': m('Another category has this name.', 'Choose another one.'),
  'category.in_use': m('Products are in this category.', 'Move them first.'),
  'stock.below_reserved': m(
    'The stock would be less than what orders have reserved.',
    'Take less, or wait for the orders.',
  ),
  'stock.too_much': m('The stock would be more than can be counted.', 'Add less.'),
  'stock.nothing_reserved': m(
    'A saga asked to sell what it has not reserved; never an answer to a client.',
    'Look at the saga.',
  ),
  'order.not_found': m('There is no such order, or it is not yours to see.', 'Check the id.'),
  'order.product_unknown': m(
    'One of the products does not exist or is not for sale.',
    'Read `errors`, take it out of the order.',
  ),
  'order.out_of_stock': m('There is certainly not enough of a product.', 'Order less, or later.'),
  'order.price_changed': m('The total is not the one that the client expected.', 'Show the new total and ask again.'),
  'order.currency_mixed': m('The products are priced in several currencies.', 'Make an order for each currency.'),
  'order.total_too_large': m('The total is more than 99,999,999.99.', 'Order less.'),
  'order.invalid_transition': m('The order cannot go from its status to this one.', 'Use one of `allowed`.'),
  'order.not_cancellable': m('The order is shipped, delivered, or being processed.', 'Ask the shop.'),
  'order.end_after_pivot': m(
    'A saga asked to end an order that is confirmed; never an answer to a client.',
    'Look at the saga.',
  ),
  'idempotency.in_flight': m('A request with this key is being worked on.', 'Wait, then send it again.'),
  'idempotency.key_reused': m('The key was used for another body.', 'Use a new key for a new request.'),
  'idempotency.key_invalid': m(
    'The key is missing where it is needed, or not of 1 to 255 visible characters.',
    'Send a fresh UUID.',
  ),
  'payment.not_found': m('There is no such payment, or it is not yours to see.', 'Check the id.'),
  'payment.provider_unknown': m('There is no provider of this name.', 'Check the address of the webhook.'),
  'payment.not_refundable': m('Nothing was captured that could be refunded.', 'Look at the state of the payment.'),
  'payment.refund_exceeds_captured': m('It is more than what was captured and not refunded yet.', 'Refund less.'),
  'payment.webhook_forged': m("The webhook's signature is not the provider's.", "Check the provider's secret."),
  'payment.webhook_stale': m("The webhook's time is too far from ours.", 'Check the clocks.'),
  'saga.not_found': m('There is no such saga.', 'Check the id.'),
  'saga.version_mismatch': m('The saga has moved on since it was looked at.', 'Look again, then decide again.'),
  'saga.action_not_allowed': m('The action is not possible in this state.', 'See `allowed_actions` of the saga.'),
  'audit.not_configured': m(
    'The orchestrator cannot reach the databases.',
    'Set `AUDIT_DATABASE_URLS`, or run `make audit`.',
  ),
  'audit.database_unreadable': m(
    'The audit could not read a database, and can say nothing about the shop.',
    'Try again once the database that it names can be read.',
  ),
  'audit.not_run': m('No audit has run yet.', '`POST /admin/audit` runs one.'),
  'dead_letter.gone': m(
    'Its dead-letter queue does not have the message any more.',
    'Somebody has taken it out: nothing to do.',
  ),
  'dead_letter.not_found': m('There is no such dead letter.', 'Look at `GET /admin/dead-letters`.'),
  'dead_letter.not_open': m('It was replayed or taken away already.', 'Should it fail again, it is open again.'),
  'import.gave_up': m(
    'The import was tried five times in vain.',
    'Look into the logs of product-service, then send the file again.',
  ),
  'import.not_found': m('There is no such import.', 'Use the `Location` that `POST /products/import` answered.'),
  'import.unreadable': m(
    'The file cannot be read as what it says it is.',
    'Look at the `error` of the import, mend the file, send it again.',
  ),
  'saga.stream_full': m('As many watch the sagas as can.', 'Wait `Retry-After` seconds, or list the sagas.'),
};
