import CMaxMind
package import DMARC
import Glibc

/// The country and autonomous system of addresses, from a MaxMind DB file that the user provides.
package final class GeoDatabase: Sendable {
  // After opening, libmaxminddb only reads.
  nonisolated(unsafe) private let file: UnsafeMutablePointer<MMDB_s>

  /// Opens a file.
  /// - Throws: ``LookupError`` if it cannot be read or is not a MaxMind DB file.
  package init(path: String) throws(LookupError) {
    let opened = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
    let status = MMDB_open(path, UInt32(MMDB_MODE_MMAP), opened)
    guard status == MMDB_SUCCESS else {
      // Before the object exists: deinit would close a file that was never opened.
      opened.deallocate()
      throw LookupError("\(path): the MaxMind DB file cannot be opened: \(String(cString: MMDB_strerror(status)))")
    }
    file = opened
  }

  deinit {
    MMDB_close(file)
    file.deallocate()
  }

  /// The autonomous system number and the two-letter country code of an address; nil for what the file does not contain.
  package func look(up address: IPAddress) -> (asn: UInt32?, country: String?) {
    var error: Int32 = 0
    var result = withSocketAddress(address) { MMDB_lookup_sockaddr(file, $0, &error) }
    guard error == MMDB_SUCCESS, result.found_entry else { return (nil, nil) }
    var asn: UInt32?
    if let value = value(&result.entry, ["autonomous_system_number"]), value.has_data {
      if value.type == MMDB_DATA_TYPE_UINT32 { asn = value.uint32 }
      if value.type == MMDB_DATA_TYPE_UINT16 { asn = UInt32(value.uint16) }
    }
    return (asn, country(&result.entry))
  }

  private func country(_ entry: inout MMDB_entry_s) -> String? {
    guard let value = value(&entry, ["country", "iso_code"]), value.has_data, value.type == MMDB_DATA_TYPE_UTF8_STRING,
      value.data_size == 2, let text = value.utf8_string
    else { return nil }
    let bytes = UnsafeRawBufferPointer(start: text, count: 2)
    return bytes.allSatisfy { (0x41...0x5a).contains($0) } ? String(decoding: bytes, as: UTF8.self) : nil
  }

  private func value(_ entry: inout MMDB_entry_s, _ path: [String]) -> MMDB_entry_data_s? {
    var data = MMDB_entry_data_s()
    let names = path.map { strdup($0) }
    defer { for name in names { free(name) } }
    var pointers: [UnsafePointer<CChar>?] = names.map { $0.map { UnsafePointer($0) } } + [nil]
    return MMDB_aget_value(&entry, &data, &pointers) == MMDB_SUCCESS ? data : nil
  }

  private func withSocketAddress<Value>(_ address: IPAddress, _ body: (UnsafePointer<sockaddr>) -> Value) -> Value {
    if address.isIPv6 {
      var socket = sockaddr_in6()
      socket.sin6_family = sa_family_t(AF_INET6)
      withUnsafeMutableBytes(of: &socket.sin6_addr) { $0.copyBytes(from: address.networkBytes) }
      return withUnsafePointer(to: socket) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
    var socket = sockaddr_in()
    socket.sin_family = sa_family_t(AF_INET)
    socket.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
    return withUnsafePointer(to: socket) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
  }
}
