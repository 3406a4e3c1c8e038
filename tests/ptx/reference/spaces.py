"""State spaces for the generators of memory tests: where a thread's bytes lie, and how a kernel gets them there."""
from dataclasses import dataclass, field

# Each thread has 32 bytes; blocks have 32 threads.
SHARED = ".shared .align 16 .b8 shared_bytes[1024];"
BYTES = 32


@dataclass
class Space:
    """`name`: for entries; `suffix`: what instructions say; %p is the address after `setup`; `copies`: %p's bytes are a copy
    of the record (or of nothing), made through the space's own name."""
    name: str
    suffix: str
    setup: str = ""
    own: str = ""
    target: str = "sm_80"
    registers: str = field(default=".reg .b64 %p;")

    def fill(self):
        """Copies the record at %in to %p."""
        if not self.own:
            return self.setup
        lines = [f"ld.global.b64 %s, [%in+{8 * i}];\nst{self.own}.b64 [%p0+{8 * i}], %s;" for i in range(BYTES // 8)]
        return self.setup.replace("FILL", "\n".join(lines))

    def clear(self):
        """Fills the 32 bytes at %p with 0xee, as the runner does with `out`."""
        if not self.own:
            return self.setup
        lines = [f"st{self.own}.b64 [%p0+{8 * i}], 0xeeeeeeeeeeeeeeee;" for i in range(BYTES // 8)]
        return self.setup.replace("FILL", "\n".join(lines))

    def copy_out(self):
        """Copies the 32 bytes to the record at %out."""
        lines = [f"ld{self.own}.b64 %s, [%p0+{8 * i}];\nst.global.b64 [%out+{8 * i}], %s;" for i in range(BYTES // 8)]
        return "\n".join(lines) if self.own else ""


def windowed(name, suffix, window, variable, scale, convert=False, target="sm_80"):
    offset = "shl.b32 %q, %t, 5;\ncvt.u64.u32 %o, %q;\nadd.u64 %p0, %p0, %o;\n" if scale else ""
    setup = f"mov.b64 %p0, {variable};\n{offset}FILL\n" + (f"cvta.{window}.u64 %p, %p0;" if convert else "mov.b64 %p, %p0;")
    return Space(name, suffix, setup, f".{window}", target, ".reg .b64 %p, %p0, %o;\n.reg .b32 %q;" +
                 (f"\n.local .align 16 .b8 {variable}[{BYTES}];" if window == "local" else ""))


def shared(name, suffix, **options):
    return windowed(name, suffix, "shared", "shared_bytes", True, **options)


def local(name, suffix, **options):
    return windowed(name, suffix, "local", "local_bytes", False, **options)


SPACES = [
    Space("global", ".global", "mov.b64 %p, BASE;"), Space("generic_global", "", "mov.b64 %p, BASE;"),
    shared("shared", ".shared"), shared("shared_cta", ".shared::cta"), shared("generic_shared", "", convert=True),
    local("local", ".local"), local("generic_local", "", convert=True),
    shared("shared_cluster", ".shared::cluster", target="sm_90"),
]
