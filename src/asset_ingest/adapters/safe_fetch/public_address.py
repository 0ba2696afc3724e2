"""Which addresses lie out on the internet, and not on this machine or in the network around it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_UNICAST: Final = ip_network("2000::/3")
_TRANSLATED: Final = ip_network("64:ff9b::/96")  # NAT64: how hosts with IPv6 alone see those with IPv4
_NEVER: Final = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # shared by carriers, and home of a cloud's metadata service
            "168.63.129.16/32",  # Azure's own services, inside every virtual machine
            "192.0.0.0/24",
            "192.88.99.0/24",  # old relays from IPv6
            "2001::/23",  # Teredo and other protocols that carry further addresses
            "2001:db8::/32",
            "2002::/16",  # 6to4: carries an IPv4 address
            "3fff::/20",
        ),
    )
)


def is_public(address: Address) -> bool:
    """Tell whether `address` is one host on the internet; addresses inside others are taken out and judged."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _TRANSLATED:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NEVER)


def is_this_machine(host: str) -> bool:
    """Tell whether a host, as an address of the web names it, can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
