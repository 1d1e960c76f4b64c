import DMARC
import Seeds
import Testing

@Suite struct IPAddressTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::", "::"), ("::1", "::1"), ("2001:DB8::", "2001:db8::"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("1::8", "1::8"),
  ])
  func canonicalText(text: String, canonical: String) throws {
    #expect(try #require(IPAddress(text)).description == canonical)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", ".1.2.3", "1.2.3.4 ", ":", ":::", "1:2", "1::2::3",
    ":1::",
    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "12345::", "g::", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "X.X.X.X",
    "1:",
  ])
  func notAnAddress(text: String) { #expect(IPAddress(text) == nil) }

  @Test func bytesAreRoundTripped() throws {
    for text in ["192.0.2.200", "2001:db8::dead:beef", "ff02::1"] {
      let address = try #require(IPAddress(text))
      #expect(IPAddress(networkBytes: address.networkBytes) == address)
    }
    #expect(IPAddress(networkBytes: [1, 2, 3]) == nil)
  }

  @Test func randomAddressesAreRoundTripped() throws {
    var generator = Seeded()
    for _ in 0..<2_000 {
      // Many zero groups, so that every form of `::` occurs.
      let halves = (0..<2).map { _ in
        (0..<4).reduce(UInt64(0)) { sum, _ in sum << 16 | (Bool.random(using: &generator) ? 0 : .random(in: 0...0xffff))
        }
      }
      let address = IPAddress(v6: halves[0], halves[1])
      #expect(IPAddress(address.description) == address)
    }
  }

  @Test func networks() throws {
    let network = try #require(CIDR("192.0.2.77/24"))
    #expect(network.description == "192.0.2.0/24")
    #expect(network.contains(try #require(IPAddress("192.0.2.255"))))
    #expect(!network.contains(try #require(IPAddress("192.0.3.0"))))
    let wide = try #require(CIDR("2001:db8::/33"))
    #expect(wide.contains(try #require(IPAddress("2001:db8:7fff::1"))))
    #expect(!wide.contains(try #require(IPAddress("2001:db8:8000::1"))))
    #expect(!wide.contains(try #require(IPAddress("192.0.2.1"))))
    #expect(CIDR("192.0.2.0/33") == nil)
    #expect(CIDR("192.0.2.0/-1") == nil)
    #expect(CIDR("192.0.2.0/") == nil)
    #expect(CIDR("2001:db8::1")?.description == "2001:db8::1")
    #expect(try #require(CIDR("0.0.0.0/0")).contains(try #require(IPAddress("255.255.255.255"))))
  }
}
