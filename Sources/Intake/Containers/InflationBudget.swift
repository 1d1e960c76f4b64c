import DMARC

/// How many bytes one input may still inflate to, over all its layers and members.
final class InflationBudget {
  private let limits: Limits
  private let inputBytes: Int64
  /// The bytes inflated so far; a value to return to before something is read a second time.
  private(set) var inflated: Int64 = 0
  /// Whether a stream of this input was truncated.
  private(set) var sawTruncation = false

  private var members = 0
  /// The factor by which all archives of an input together may have more members than one archive.
  private static let archiveFactor = 10

  /// Creates the budget for an input of `inputBytes` bytes.
  init(_ limits: Limits, inputBytes: Int64) {
    self.limits = limits
    self.inputBytes = inputBytes
  }

  /// Returns to an earlier value of ``inflated``.
  func reset(to earlier: Int64) { inflated = min(inflated, earlier) }

  /// Counts a member of an archive, or one of several reports in a document.
  func countMember() throws(InputError) {
    members += 1
    let maximum = limits.members.multipliedReportingOverflow(by: Self.archiveFactor)
    guard !maximum.overflow, members > maximum.partialValue else { return }
    throw InputError.limit(
      .members, limits.members,
      "its archives together have more than \(maximum.partialValue) members (ten times the limit for one archive)")
  }

  /// A stream whose bytes are charged to the budget.
  func metered(_ stream: ByteStream) -> ByteStream {
    ByteStream(hasTrailingBytes: stream.hasTrailingBytes) { buffer in
      do {
        let count = try stream.read(buffer)
        try self.spend(count)
        return count
      } catch let rejection as InputError {
        if rejection.code == .truncated { self.sawTruncation = true }
        throw rejection
      }
    }
  }

  private func spend(_ count: Int) throws(InputError) {
    inflated += Int64(count)
    if inflated > limits.inflatedBytes {
      throw InputError.limit(
        .inflatedBytes, limits.inflatedBytes, "it inflates to more than \(limits.inflatedBytes) bytes")
    }
    guard inflated > Limits.ratioGrace else { return }
    if inflated / max(1, inputBytes) > limits.ratio {
      throw InputError.limit(.ratio, limits.ratio, "it inflates to more than \(limits.ratio) times its size")
    }
  }
}
