// The one include for unit tests: Debian 12 ships Catch2 v2 (one header), later distributions v3 (split headers).
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
