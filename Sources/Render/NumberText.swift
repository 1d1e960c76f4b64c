import DMARC

/// Numbers as text for people.
package enum NumberText {
  /// A number with one digit after the point.
  package static func tenths(_ number: Double) -> String {
    let tenths = Int64(clampedRounding: number * 10)
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }

  /// A share, 0...1, in percent: never 100.0% if something is missing, never 0.0% if something is there.
  package static func percent(_ share: Double) -> String {
    var tenths = Int64(clampedRounding: share * 1_000)
    if tenths == 1_000, share < 1 { tenths = 999 }
    if tenths == 0, share > 0 { tenths = 1 }
    return "\(tenths / 10).\(tenths % 10)%"
  }

  /// A whole number with a comma between thousands.
  package static func grouped(_ number: Int64) -> String {
    let digits = Array(String(number.magnitude))
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (number < 0 ? "-" : "") + result
  }
}
