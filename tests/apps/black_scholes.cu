// European option prices by a polynomial for the normal distribution, with the precise and the fast elementary
// functions; the host prices them in double precision through erfc.
#include "check.h"

constexpr float kRate = 0.02f;
constexpr float kVolatility = 0.30f;

template <bool kFast>
__device__ float normal(float d) {
  const float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
  float gauss = kFast ? __expf(-0.5f * d * d) : expf(-0.5f * d * d);
  float tail = 0.39894228040143267794f * gauss *
               (k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f)))));
  return d > 0 ? 1.0f - tail : tail;
}

template <bool kFast>
__global__ void black_scholes(float* call, float* put, const float* price, const float* strike, const float* years,
                              int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float s = price[i], x = strike[i], t = years[i], root = sqrtf(t);
  float d1 =
      ((kFast ? __logf(s / x) : logf(s / x)) + (kRate + 0.5f * kVolatility * kVolatility) * t) / (kVolatility * root);
  float d2 = d1 - kVolatility * root;
  float discount = kFast ? __expf(-kRate * t) : expf(-kRate * t);
  call[i] = s * normal<kFast>(d1) - x * discount * normal<kFast>(d2);
  put[i] = x * discount * (1.0f - normal<kFast>(d2)) - s * (1.0f - normal<kFast>(d1));
}

static double normal_reference(double d) {
  return 0.5 * std::erfc(-d / std::sqrt(2.0));
}

int main(int argc, char** argv) {
  int count = check::size_argument(argc, argv, 2000);
  check::Random random(8);
  std::vector<float> price(count), strike(count), years(count);
  std::vector<double> call(count), put(count);
  for (int i = 0; i < count; ++i) {
    price[i] = random.uniform(5, 30);
    strike[i] = random.uniform(1, 100);
    years[i] = random.uniform(0.25f, 10);
    double s = price[i], x = strike[i], t = years[i], rate = kRate, volatility = kVolatility;
    double d1 = (std::log(s / x) + (rate + 0.5 * volatility * volatility) * t) / (volatility * std::sqrt(t));
    double d2 = d1 - volatility * std::sqrt(t), discount = std::exp(-rate * t);
    call[i] = s * normal_reference(d1) - x * discount * normal_reference(d2);
    put[i] = x * discount * normal_reference(-d2) - s * normal_reference(-d1);
  }
  check::Buffer<float> device_price(price), device_strike(strike), device_years(years), device_call(count),
      device_put(count);
  long wrong = 0;
  for (bool fast : {false, true}) {
    auto kernel = fast ? black_scholes<true> : black_scholes<false>;
    kernel<<<(count + 127) / 128, 128>>>(device_call.get(), device_put.get(), device_price.get(), device_strike.get(),
                                         device_years.get(), count);
    check::must_launch();
    // The polynomial is good to 7.5e-8 and prices are differences of terms up to 100: 100 * (7.5e-8 + a few ulps).
    wrong += check::differences(device_call.download(), call, 0, 1e-4);
    wrong += check::differences(device_put.download(), put, 0, 1e-4);
  }
  return check::verdict("black_scholes", wrong);
}
