import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** Statuses of this service's own error codes. */
export const problems = {
  'product.not_found': 404,
  'product.sku_taken': 409,
  'product.category_unknown': 422,
  'category.not_found': 404,
  'category.name_taken': 409,
  'category.in_use': 409,
  'import.not_found': 404,
  'import.unreadable': 422,
  'stock.below_reserved': 409,
  'stock.too_much': 422,
  'stock.nothing_reserved': 409,
  'import.gave_up': 409,
} as const satisfies ProblemStatuses;
