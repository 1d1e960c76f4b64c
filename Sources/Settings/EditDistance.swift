/// The distance of two words, used to suggest corrections.
package enum EditDistance {
  /// The number of characters to insert, delete or substitute, or of neighbours to exchange (optimal string alignment).
  package static func between(_ left: String, _ right: String) -> Int {
    let (source, target) = (Array(left), Array(right))
    var beforeLast: [Int] = []
    var last = Array(0...target.count)
    for (index, letter) in source.enumerated() {
      var row = [index + 1]
      for column in target.indices {
        var least = min(last[column] + (letter == target[column] ? 0 : 1), last[column + 1] + 1, row[column] + 1)
        if index > 0, column > 0, letter == target[column - 1], source[index - 1] == target[column] {
          least = min(least, beforeLast[column - 1] + 1)
        }
        row.append(least)
      }
      beforeLast = last
      last = row
    }
    return last[target.count]
  }
}
