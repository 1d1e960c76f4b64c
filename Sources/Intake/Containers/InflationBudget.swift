import DMARC

/// How many bytes one input may still inflate to, over all its layers and members.
final class InflationBudget {
  private let limits: Limits
  private let inputBytes: Int64
  private var inflated: Int64 = 0
  /// Whether a stream of this input was truncated.
  private(set) var sawTruncation = false

  private var members = 0
  /// The factor by which all archives of an input together may have more members than one archive.
  private static let archives = 10

  /// Creates the budget for an input of `inputBytes` bytes.
  init(_ limits: Limits, inputBytes: Int64) {
    self.limits = limits
    self.inputBytes = inputBytes
  }

  /// The amount spent so far, to restore when something is read a second time.
  var mark: Int64 { inflated }

  func reset(to mark: Int64) { inflated = min(inflated, mark) }

  /// Counts a member of an archive, or one of several reports in a document.
  func countMember() throws(InputError) {
    members += 1
    let most = limits.members.multipliedReportingOverflow(by: Self.archives)
    guard !most.overflow, members > most.partialValue else { return }
    throw InputError.limit(
      .members, limits.members,
      "its archives have more than \(most.partialValue) members together (ten times the limit of one archive)")
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
